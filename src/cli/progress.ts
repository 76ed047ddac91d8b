import type { Progress, RunEvent } from '../base/effects.js';
import { colours as pc } from './colours.js';
import { tell } from './command.js';
import { counted } from './text.js';

/** Off a terminal: when a step that goes on is first told, in ms, and then each time after as much again and a minute at most. */
const firstWord = 5_000;
const between = 60_000;

/**
 * Tells what a run does: a line for every finished step and warning. A step that goes on shows how far it is: on a terminal in one line
 * that changes, elsewhere in a line now and then.
 */
export function progress(
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>,
  { live }: { readonly live: boolean },
): (event: RunEvent) => void {
  const changing = live && stream.isTTY === true && process.env['TERM'] !== 'dumb';
  let shown = false;
  let nextWord = firstWord;
  const clear = (): string => {
    const erase = shown ? '\r\u001b[2K' : '';
    shown = false;
    return erase;
  };
  return (event) => {
    if (event.type === 'stage') nextWord = firstWord;
    if (event.type === 'step') tell(`${clear()}  ${event.stage.padEnd(9)} ${event.name.padEnd(32)} ${(event.ms / 1000).toFixed(2)} s\n`);
    if (event.type === 'warning') tell(`${clear()}  ${pc.yellow('warning')}   ${event.name}: ${event.message}\n`);
    if (event.type !== 'progress') return;
    const line = `  ${event.stage.padEnd(9)} ${event.name.padEnd(32)} ${describeProgress(event)}`;
    if (changing) {
      // Some terminals don't know how wide they are.
      const width = stream.columns >= 40 ? stream.columns : 80;
      tell(`${clear()}${line.slice(0, width - 1)}`);
      shown = true;
    } else if (event.ms >= nextWord) {
      nextWord = event.ms + Math.min(event.ms * 2, between);
      tell(`${line}\n`);
    }
  };
}

/** How far a step is: time, and where the engine can tell, the share that is done, bytes a second and the time that is left. */
export function describeProgress({ ms, statement, reading }: Progress): string {
  const parts = [duration(ms / 1000)];
  // What has just begun tells little of how long it will take.
  if (statement !== null && statement.share > 0.01) {
    const { share } = statement;
    const seconds = statement.ms / 1000;
    parts.push(`${Math.floor(share * 100)} %`);
    if (reading !== null) parts.push(`${size(reading.bytes * share)} of ${size(reading.bytes)}`);
    if (reading !== null && seconds > 1) parts.push(`${size((reading.bytes * share) / seconds)}/s`);
    if (seconds > 2 && share < 1) parts.push(`about ${duration((seconds * (1 - share)) / share)} left`);
  } else if (reading !== null) parts.push(`reading ${size(reading.bytes)}`);
  return parts.join(', ');
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const whole = Math.round(seconds);
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Bytes, in the largest unit that leaves a whole one. */
export function size(bytes: number): string {
  const units = ['kB', 'MB', 'GB', 'TB'];
  if (bytes < 1000) return counted(Math.round(bytes), 'byte');
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${units[power - 1] ?? ''}`;
}
