/**
 * Measurements, and the training of the demo's model. One command line: {@link
 * org.rapidin.benchmarks.Main}.
 */
package org.rapidin.benchmarks;
