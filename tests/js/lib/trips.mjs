// What a trip file says must be settled, from its column of durations alone.

import { readFile } from 'node:fs/promises';
import { sum } from './chain.mjs';

/** The durations, in seconds, of each bicycle's trips in the order of time, by the bicycle's id. */
export async function durations(path) {
	const [header, ...rows] = (await readFile(path, 'utf8')).trim().split('\n');
	const columns = header.trim().split(',');
	const trips = rows.map((row) => {
		const fields = row.trim().split(',');
		return Object.fromEntries(columns.map((column, i) => [column, fields[i]]));
	});
	trips.sort((one, other) => (one.start_time < other.start_time ? -1 : 1));
	const byBike = new Map();
	for (const { bike_id: bike, duration_sec: seconds } of trips) {
		byBike.set(bike, [...(byBike.get(bike) ?? []), BigInt(seconds)]);
	}
	return byBike;
}

/**
 * The rental seconds of each full window over some bicycles' locks. A trip makes two messages; one that
 * is cut by the window's edge does not count.
 */
export function windows(bikes, { size, slide }) {
	const full = (trips) => Math.max(0, Math.floor((2 * trips.length - size) / slide) + 1);
	const count = Math.min(...bikes.map(full));
	return Array.from({ length: count }, (_, t) => {
		const [first, end] = [Math.ceil((t * slide) / 2), Math.floor((t * slide + size) / 2)];
		return sum(bikes.flatMap((trips) => trips.slice(first, end)));
	});
}
