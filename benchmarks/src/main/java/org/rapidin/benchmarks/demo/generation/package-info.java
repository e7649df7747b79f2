/**
 * The demo model at work: its directory opened, its text generated.
 *
 * <p>Start at {@link org.rapidin.benchmarks.demo.generation.DemoModel}.
 */
package org.rapidin.benchmarks.demo.generation;
