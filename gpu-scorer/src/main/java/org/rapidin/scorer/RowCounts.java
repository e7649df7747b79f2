package org.rapidin.scorer;

/**
 * How many rows were scored, each as often as it was read.
 *
 * @param mapped where they are mapped
 * @param copied after they were copied
 */
public record RowCounts(long mapped, long copied) {}
