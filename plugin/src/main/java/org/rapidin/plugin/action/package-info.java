/**
 * Transport actions and action filters: what nodes ask each other, and what is checked before
 * OpenSearch's own actions run.
 *
 * <p>One class per action holds its type and name; its name is the permission to call it.
 */
package org.rapidin.plugin.action;
