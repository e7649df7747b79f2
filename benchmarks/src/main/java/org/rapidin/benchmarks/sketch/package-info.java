/** How fast gradients are compressed. */
package org.rapidin.benchmarks.sketch;
