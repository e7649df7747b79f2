/**
 * What is checked or prepared before OpenSearch's own actions run: action filters, and actions that
 * are permissions only.
 */
package org.rapidin.plugin.guard;
