/** Wake tells a worker to claim. */
export interface Wake {
  /** The object that has signaled; undefined if any may have work. */
  readonly shard: number | undefined;
  /** To be called once the claim has returned, or will not be made. */
  returned(): void;
  /** To be called if the claim takes long, so that others listen again meanwhile. */
  takesLong(): void;
}

/** News is what a waiting worker is told: to claim, to listen where nobody does, or that its wait is over. */
export type News = Wake | "listen" | "over";

/** WaitingWorker is a worker that waits for work, and the news that its request has not seen yet. */
export class WaitingWorker {
  /** When its request last gave a sign of life, in milliseconds since 1970. */
  seenAt = Date.now();
  readonly #news: News[] = [];
  #arrived: PromiseWithResolvers<void> | undefined;

  /** tell is called by any request. */
  tell(news: News): void {
    this.#news.push(news);
    this.#arrived?.resolve();
  }

  /** next returns the next news, for the worker's own request: only a promise that it has made continues in it. */
  async next(): Promise<News> {
    for (;;) {
      this.seenAt = Date.now();
      const news = this.#news.shift();
      if (news !== undefined) return news;
      this.#arrived = Promise.withResolvers();
      await this.#arrived.promise;
    }
  }

  /** unseen returns, once its wait is over, the wakes that nothing has come of. */
  unseen(): readonly Wake[] {
    return this.#news.splice(0).filter((news) => typeof news === "object");
  }
}
