package org.rapidin.distribution;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives test classes one {@link TestNode} with the demo's attributor, pipeline and template,
 * because a node takes ten seconds to start. It starts for the first class that asks for it and
 * stops after the last test. A class makes its own indices and leaves what others rely on; a node
 * that a failed test left dead is started again.
 */
final class SharedNode implements ParameterResolver {
  private static final ExtensionContext.Namespace SHARED =
      ExtensionContext.Namespace.create(SharedNode.class);

  /** Key of what went wrong when the node was started again. */
  private static final String FAILED = "failed";

  private record Started(TestNode node, Path work) implements AutoCloseable {
    static Started start() {
      try {
        Path work = Files.createTempDirectory("shared-node");
        TestNode node =
            TestNode.start(work, "1g", Map.of("path.repo", work.resolve("snapshots").toString()));
        try {
          node.createDemoIndex();
        } catch (Exception e) {
          node.close();
          throw e;
        }
        return new Started(node, work);
      } catch (Exception e) {
        throw new IllegalStateException("the shared node did not start", e);
      }
    }

    @Override
    public void close() throws IOException {
      node.close();
      List<Path> deepestFirst;
      try (Stream<Path> all = Files.walk(work)) {
        deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path each : deepestFirst) {
        Files.delete(each);
      }
    }
  }

  /**
   * Returns the node, started if it is not running.
   *
   * @throws IllegalStateException if it does not start, which is not tried again
   */
  static TestNode of(ExtensionContext context) {
    ExtensionContext.Store store = context.getRoot().getStore(SHARED);
    IllegalStateException failed = store.get(FAILED, IllegalStateException.class);
    if (failed != null) {
      throw failed;
    }
    TestNode node =
        store.getOrComputeIfAbsent(Started.class, any -> Started.start(), Started.class).node();
    try {
      if (!node.isAlive()) {
        node.up();
      }
    } catch (Exception e) {
      failed = new IllegalStateException("the shared node did not start again", e);
      store.put(FAILED, failed);
      throw failed;
    }
    return node;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == TestNode.class;
  }

  @Override
  public TestNode resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return of(context);
  }
}
