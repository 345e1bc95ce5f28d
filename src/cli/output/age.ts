const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * age writes milliseconds as kubectl does, in at most two units: `5s`, `3m20s`, `45m`, `3h10m`, `2d`. Source:
 * k8s.io/apimachinery, duration.HumanDuration.
 */
export function age(milliseconds: number): string {
  const passed = Math.max(0, milliseconds);
  const whole = (unit: number) => Math.floor(passed / unit);
  const two = (unit: number, name: string, below: number, belowName: string) => {
    const rest = Math.floor((passed % unit) / below);
    return rest === 0 ? `${whole(unit)}${name}` : `${whole(unit)}${name}${rest}${belowName}`;
  };
  if (passed < 2 * minute) return `${whole(second)}s`;
  if (passed < 10 * minute) return two(minute, "m", second, "s");
  if (passed < 3 * hour) return `${whole(minute)}m`;
  if (passed < 8 * hour) return two(hour, "h", minute, "m");
  if (passed < 2 * day) return `${whole(hour)}h`;
  if (passed < 8 * day) return two(day, "d", hour, "h");
  return `${whole(day)}d`;
}
