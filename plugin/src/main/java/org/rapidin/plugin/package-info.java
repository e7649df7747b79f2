/** The plugin class, which only wires the packages below it. */
package org.rapidin.plugin;
