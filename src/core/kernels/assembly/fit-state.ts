/**
 * What a grid fit of eight blocks keeps: the grid, where its weights lie, and its work memory, in which
 * everything is a pair of vectors of one number per lane.
 */
import { HIGH, LOW, SCALE } from './lanes';

/** Kinds of grids: signed codes, unsigned ones with a zero point, -1 · 0 · 1, and -1 · 1. */
export const SIGNED = 0;
export const UNSIGNED = 1;
export const THREE = 2;
export const TWO = 3;

// Places in the work memory, pairs of vectors.
export const LOWS: usize = 0;
export const HIGHS: usize = 32;
export const UNITS: usize = 64;
/** A choice on trial, of three pairs, and its sums. */
export const CHOICE: usize = 96;
export const SUMS: usize = 192;
/** The best trial with what it came to: choice, error, and the best scale for its codes. */
export const TRIAL: usize = 288;
export const TRIAL_ERROR: usize = 384;
export const TRIAL_REFINED: usize = 416;
/** The best of all choices as stored, and its error. */
export const BEST: usize = 448;
export const BEST_ERROR: usize = 544;
export const MEAN: usize = 576;
/** The middle of the fine row. */
export const CENTER: usize = 608;
/** Bytes of the work memory. */
export const WORK: usize = 704;

/** What a fit is told besides the weights. */
export let work: usize = 0;
export let weights: usize = 0;
export let length: i32 = 0;
export let importance: usize = 0;
export let kind: i32 = 0;
export let lowest: f32 = 0;
export let highest: f32 = 0;
export let half: bool = false;

/** Sets the grid of all fits that follow. */
export function setGrid(kindOf: i32, low: i32, high: i32, isHalf: bool): void {
  kind = kindOf;
  lowest = <f32>low;
  highest = <f32>high;
  half = isHalf;
}

/** Sets the weights of one fit: rows of eight, how much each row counts (or 0), and the work memory. */
export function setBlocks(rows: usize, count: i32, shares: usize, room: usize): void {
  weights = rows;
  length = count;
  importance = shares;
  work = room;
}

/** The unit of each lane in one half of a pair: `at` is 0 or 16. */
export function unit(at: usize): v128 {
  return v128.load(work + at, UNITS);
}

/** Writes one half of a choice. */
export function put(choice: usize, at: usize, scale: v128, low: v128, high: v128): void {
  v128.store(choice + at, scale, SCALE);
  v128.store(choice + at, low, LOW);
  v128.store(choice + at, high, HIGH);
}

/** Puts a value in its place where the mask is set. */
export function select(here: usize, place: usize, value: v128, mask: v128): void {
  v128.store(here + place, v128.bitselect(value, v128.load(here + place), mask));
}
