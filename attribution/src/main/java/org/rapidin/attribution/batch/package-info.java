/**
 * Sketches of the rows of a batch: on the device that computes the gradients, or in main memory.
 * {@link org.rapidin.attribution.batch.BatchSketches} chooses. Imports gradients, sketches, torch
 * and {@code org.rapidin.gpu}.
 */
package org.rapidin.attribution.batch;
