/** Days by the viewer's own calendar. */

/** The first moment of a day so many days ago; 0 is today. */
export function startOfDay(daysAgo: number): Date {
  const day = new Date();
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() - daysAgo);
  return day;
}
