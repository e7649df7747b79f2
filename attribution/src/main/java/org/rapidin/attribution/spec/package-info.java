/** Reads the JSON of an attributor, whose parts are read by the packages that they belong to. */
package org.rapidin.attribution.spec;
