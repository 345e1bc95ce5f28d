import type { Trouble } from "./plan.ts";
import type { Deployment } from "./runtime/deployment.ts";
import type { Isolate } from "./runtime/isolate.ts";
import type { Loss, Network } from "./runtime/network.ts";
import type { ObjectHost } from "./runtime/object-host.ts";
import type { World } from "./runtime/world.ts";

/** Scene is where things go wrong. */
export interface Scene {
  readonly world: World;
  readonly network: Network;
  readonly isolates: readonly Isolate[];
  /** Ways of clients' requests that fail next. */
  readonly losses: Loss[];
  readonly good: Deployment;
  hostOf(shard: number): ObjectHost;
  deploy(name: string, configuration: Record<string, string>, missing: string[]): Deployment;
}

/** cause makes one thing go wrong. */
export function cause(scene: Scene, trouble: Trouble): void {
  const { world, network } = scene;
  world.faultAt = world.queue.now;
  world.note(`fault: ${JSON.stringify(trouble)}`);
  const host = scene.hostOf("shard" in trouble ? trouble.shard : 0);
  switch (trouble.type) {
    case "kill":
      network.areOrphans = trouble.areOrphans;
      host.kill(trouble.isCommitted);
      if (trouble.throwing > 0) [host.throwAfter, host.throwing] = [0, trouble.throwing];
      break;
    case "cut attempt": {
      const [cut] = [...network.attempts.values()].filter(({ life }) => life === host.life);
      if (!cut) break;
      cut.cut();
      if (trouble.throwing > 0) [host.throwAfter, host.throwing] = [0, trouble.throwing];
      break;
    }
    case "evict":
      host.evict();
      break;
    case "lose alarm":
      host.alarm.lose();
      break;
    case "late alarm":
      host.alarm.late = trouble.by;
      break;
    case "early alarm":
      host.alarm.early();
      break;
    case "double ask":
      network.doubles.add(host.id);
      break;
    case "double alarm":
      host.alarm.isDoubled = true;
      break;
    case "statement":
      host.throwAfter = trouble.after;
      host.throwing = trouble.count;
      break;
    case "lose call":
      network.losses.set(host.id, [trouble.when]);
      break;
    case "lose attempt":
      network.runnerLosses.push(trouble.when);
      break;
    case "down":
      host.isDown = true;
      world.queue.after(trouble.for, () => {
        host.isDown = false;
      });
      break;
    case "clock":
      world.turnClock(trouble.by);
      break;
    case "bad configuration":
      rollFor(scene, scene.deploy("bad", { MAX_TTL: "never" }, []), trouble.for);
      break;
    case "no kind":
      rollFor(scene, scene.deploy("without", {}, [trouble.kind]), trouble.for);
      break;
    case "kill Worker":
      for (const isolate of scene.isolates) isolate.kill();
      break;
    case "kill request":
      for (const isolate of scene.isolates) isolate.killRequest(trouble.which);
      break;
    case "lose answer":
      scene.losses.push(trouble.when);
  }
}

/** mend ends all that goes wrong; what it has led to stays. */
export function mend(scene: Scene): void {
  scene.world.faultAt = scene.world.queue.now;
  scene.world.note("from here on nothing goes wrong");
  roll(scene, scene.good);
  scene.network.losses.clear();
  scene.network.doubles.clear();
  scene.network.runnerLosses.length = 0;
  scene.losses.length = 0;
  for (const host of scene.network.hosts.values()) {
    host.isDown = false;
    host.throwAfter = Number.POSITIVE_INFINITY;
    host.alarm.late = 0;
  }
}

function rollFor(scene: Scene, deployment: Deployment, milliseconds: number): void {
  roll(scene, deployment);
  scene.world.queue.after(milliseconds, () => {
    scene.world.faultAt = scene.world.queue.now;
    if (scene.network.deployment === deployment) roll(scene, scene.good);
  });
}

/** roll deploys code with its configuration: objects and Workers begin anew with it. */
function roll({ network, isolates }: Scene, deployment: Deployment): void {
  if (network.deployment === deployment) return;
  network.deployment = deployment;
  for (const isolate of isolates) isolate.deployment = deployment;
  for (const host of network.hosts.values()) host.kill(true);
}
