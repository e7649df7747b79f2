package org.rapidin.distribution;

import java.io.PrintWriter;
import java.util.List;

/**
 * What the demo measured of a method.
 *
 * @param dimension numbers of a vector
 * @param documentsPerSecond indexed with their gradients
 * @param cpuMillis of the node for one of them
 * @param searchMillis of the first question, with the gradient of its text
 * @param poisoned documents among the ten that the first question finds
 */
record MethodCost(
    DemoMethod method,
    int dimension,
    double documentsPerSecond,
    double cpuMillis,
    int searchMillis,
    int poisoned) {

  /** Prints a table of methods. */
  static void print(PrintWriter out, List<MethodCost> costs) {
    out.printf(
        "%nThe methods side by side; vectors are stored in half precision, (a) is the first question with its gradient, and the first method also warms the node up:%n");
    out.printf(
        "  %-10s %9s %13s %12s %17s %8s %15s%n",
        "method",
        "numbers",
        "KB a document",
        "documents/s",
        "CPU ms a document",
        "(a) ms",
        "poisoned of 10");
    for (MethodCost cost : costs) {
      out.printf(
          "  %-10s %9d %13.1f %12.1f %17.1f %8d %15d%n",
          cost.method,
          cost.dimension,
          (2 * cost.dimension + 4) / 1e3,
          cost.documentsPerSecond,
          cost.cpuMillis,
          cost.searchMillis,
          cost.poisoned);
    }
    out.flush();
  }
}
