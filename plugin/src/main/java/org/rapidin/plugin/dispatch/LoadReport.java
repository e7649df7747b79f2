package org.rapidin.plugin.dispatch;

/** What the answer of a node says about its load. */
interface LoadReport {
  /** Gradient requests that wait or run on the node. */
  int waiting();
}
