/**
 * Native memory of the process: the allocator that libtorch takes it from.
 *
 * <p>Imports nothing of ours, so that models, gradients and services can all use it.
 */
package org.rapidin.attribution.memory;
