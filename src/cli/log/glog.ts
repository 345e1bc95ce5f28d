import { plainText } from "../output/plain-text.ts";

/**
 * glogLine returns a line in glog's format, in local time: `I1122 15:04:05.000000    4711 request] GET …`. Source:
 * glog's header `Lmmdd hh:mm:ss.uuuuuu threadid file:line] msg`.
 */
export function glogLine(letter: "I" | "W" | "E", place: string, text: string, now: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
  const micros = `${String(now.getMilliseconds()).padStart(3, "0")}000`;
  const pid = String(process.pid).padStart(7);
  return `${letter}${day} ${time}.${micros} ${pid} ${place}] ${plainText(text)}`;
}
