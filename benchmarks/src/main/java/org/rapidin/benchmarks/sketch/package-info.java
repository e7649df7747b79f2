/** Measures the speed of the compression. */
package org.rapidin.benchmarks.sketch;
