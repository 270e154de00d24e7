import { z } from 'zod';

/** A day of a filter as date fields send it; empty for none. */
export const daySchema = z.union([z.literal(''), z.iso.date()]).default('');

/** Midnight of this machine's time zone, in which the pages tell times. */
export function startOfDay(day: string): Date | undefined {
  return day === '' ? undefined : new Date(`${day}T00:00:00`);
}

/** The midnight after it. */
export function endOfDay(day: string): Date | undefined {
  const date = startOfDay(day);
  date?.setDate(date.getDate() + 1);
  return date;
}

/** The last moment of it, for filters that include their end. */
export function lastOfDay(day: string): Date | undefined {
  const end = endOfDay(day);
  return end && new Date(end.getTime() - 1);
}

/** The day that it was here, by the same time zone, so many days before `now`. */
export function dayAgo(days: number, now = new Date()): string {
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() - days);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
