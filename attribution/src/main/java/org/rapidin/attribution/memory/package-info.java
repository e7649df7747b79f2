/**
 * Native memory of the process: how libtorch allocates it, and how much it may hold.
 *
 * <p>Imports nothing of ours, so that models, gradients and services can all reserve. Start with
 * {@link org.rapidin.attribution.memory.MemoryBudget}.
 */
package org.rapidin.attribution.memory;
