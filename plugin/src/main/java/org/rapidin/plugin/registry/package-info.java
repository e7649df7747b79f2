/**
 * Actions that put, read, delete and try attributors; their state is in {@link
 * org.rapidin.plugin.attributor}.
 *
 * <p>One class per action holds its type and name; its name is the permission to call it.
 */
package org.rapidin.plugin.registry;
