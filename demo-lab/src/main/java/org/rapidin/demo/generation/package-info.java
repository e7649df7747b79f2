/**
 * The demo model at work: its directory opened, its text generated.
 *
 * <p>Start at {@link org.rapidin.demo.generation.DemoModel}.
 */
package org.rapidin.demo.generation;
