/**
 * Opens the demo model and generates text with it.
 *
 * <p>Start at {@link org.rapidin.demo.generation.DemoModel}.
 */
package org.rapidin.demo.generation;
