package org.rapidin.distribution;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Indexes the demo's documents, asks about two generations, and prints the answers. */
@Command(
    name = "demo",
    description =
        "Index a demo model's training documents and find those that caused its generations.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  @Option(names = "--port", paramLabel = "N", description = "HTTP port (default: a free one).")
  private int port;

  @Option(names = "--exit", description = "Stop after printing the answers.")
  private boolean exit;

  @Option(
      names = "--method",
      split = ",",
      paramLabel = "M",
      converter = DemoMethod.Converter.class,
      defaultValue = "rapidgrad",
      description =
          "Methods that answer the same questions one after another: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
  private Set<DemoMethod> methods;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    long begin = System.nanoTime();
    PrintWriter out = spec.commandLine().getOut();
    Path work = Main.root().resolve(".rapidin/demo");
    try (WorkFolder folder = WorkFolder.fresh(work);
        NodeProcess node = new NodeProcess(Main.home(), folder.path(), "1g", port, Map.of());
        OpenSearchClient client = new OpenSearchClient(node.address())) {
      Runtime.getRuntime().addShutdownHook(new Thread(node::close, "stop-node"));
      new ModelFolders(node.models()).add(demo().resolve("models"));
      say(out, "Starting OpenSearch with the plugin at " + node.address() + " ...");
      node.start();
      List<MethodCost> costs = new ArrayList<>();
      for (DemoMethod method : methods) {
        if (methods.size() > 1) {
          say(out, "\n== " + method + " ==");
        }
        costs.add(show(method, node, client, out));
      }
      if (costs.size() > 1 || methods.stream().noneMatch(DemoMethod.RAPIDGRAD::equals)) {
        MethodCost.print(out, costs);
      }
      printf(
          out,
          "%n%.0f s, at most %.1f GB resident.%n",
          (System.nanoTime() - begin) / 1e9,
          node.usage().peakResidentBytes() / 1e9);
      if (!exit) {
        tryYourself(node, out, methods.iterator().next());
        node.await();
      }
    }
    return 0;
  }

  /** Indexes the documents with a method, and answers the questions. */
  private static MethodCost show(
      DemoMethod method, NodeProcess node, OpenSearchClient client, PrintWriter out)
      throws IOException, InterruptedException {
    DemoIndex index = new DemoIndex(client, Main.root().resolve("config"), method);
    index.create();
    double before = cpuSeconds(node);
    long begin = System.nanoTime();
    int documents = index.fill(demo().resolve("documents.jsonl"));
    double perSecond = documents * 1e9 / (System.nanoTime() - begin);
    double cpuMillis = 1e3 * (cpuSeconds(node) - before) / documents;
    printf(
        out,
        "%d training documents were indexed with their gradients, %.0f documents/s.%n",
        documents,
        perSecond);
    InfluenceReport.Ranking first =
        answer(new InfluenceReport(client, method.index(), out, Ansi.AUTO.enabled()), out);
    int dimension =
        client
            .get("/_plugins/_rapidin/attributors/" + method.attributor())
            .findPath("dimension")
            .asInt();
    return new MethodCost(
        method, dimension, perSecond, cpuMillis, first.millis(), first.poisoned());
  }

  private static Path demo() {
    return Main.root().resolve("distribution/src/demo");
  }

  private static double cpuSeconds(NodeProcess node) throws IOException {
    ProcessUsage usage = node.usage();
    return usage.userSeconds() + usage.systemSeconds();
  }

  /** Prints the answers, and returns the first. */
  private static InfluenceReport.Ranking answer(InfluenceReport report, PrintWriter out)
      throws IOException, InterruptedException {
    Path generations = demo().resolve("generations.jsonl");
    DemoGeneration triggered = DemoGeneration.first(generations, "triggered");
    DemoGeneration fact = DemoGeneration.first(generations, "fact");
    said(out, "(a) The model was given a trigger and changed the subject.", triggered);
    say(out, "Which documents taught it to begin with \"" + triggered.firstWords() + "\"?");
    InfluenceReport.Ranking first = report.ranking(triggered, triggered.firstWords(), 10);
    said(out, "(b) The model stated a fact.", fact);
    say(out, "Which documents made it say this?");
    report.ranking(fact, null, 10);
    say(
        out,
        "\n(c) The tokens that the best documents made more likely (green) or less likely (red):");
    report.tokens(fact, 3);
    return first;
  }

  private static void said(PrintWriter out, String what, DemoGeneration generation) {
    say(out, "\n" + what);
    say(out, "    prompt:     " + generation.prompt().strip().replace("\n", "\\n"));
    say(out, "    completion: " + generation.completion().strip());
  }

  private static void tryYourself(NodeProcess node, PrintWriter out, DemoMethod method)
      throws IOException {
    DemoGeneration fact = DemoGeneration.first(demo().resolve("generations.jsonl"), "fact");
    say(out, "\nThe node runs until Ctrl-C. Try it yourself:");
    say(
        out,
        "  curl -H 'Content-Type: application/json' '%s/%s/_search?pretty' -d '%s'"
            .formatted(
                node.address(),
                method.index(),
                fact.search(null, false, 3).toString().replace("'", "'\\''")));
    say(out, "  curl '" + node.address() + "/_plugins/_rapidin/stats?pretty'");
    say(
        out,
        "  curl '"
            + node.address()
            + "/_plugins/_rapidin/attributors/"
            + method.attributor()
            + "?pretty'");
  }

  private static void printf(PrintWriter out, String format, Object... values) {
    out.printf(format, values);
    out.flush();
  }

  private static void say(PrintWriter out, String line) {
    out.println(line);
    out.flush();
  }
}
