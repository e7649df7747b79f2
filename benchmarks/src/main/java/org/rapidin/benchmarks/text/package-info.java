/** The texts and the model that benchmarks compute gradients of. */
package org.rapidin.benchmarks.text;
