package org.rapidin.plugin;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.set.Sets;
import org.opensearch.core.common.breaker.NoopCircuitBreaker;
import org.opensearch.env.Environment;
import org.opensearch.env.NodeEnvironment;
import org.opensearch.threadpool.ThreadPool;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.gpu.GpuStats;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.dispatch.LocalGradients;
import org.rapidin.plugin.mapper.GradientMappings;

/** What is open after components were created, in full or in part, and after they were closed. */
public class NodeComponentsTests extends TinyNodeTestCase {

  private NodeComponents create(Settings more) {
    Environment environment = getInstanceFromNode(Environment.class);
    ClusterService cluster = getInstanceFromNode(ClusterService.class);
    Settings settings = Settings.builder().put(environment.settings()).put(more).build();
    NodeServices node =
        new NodeServices(
            client(),
            cluster,
            getInstanceFromNode(ThreadPool.class),
            new Environment(settings, environment.configDir()),
            getInstanceFromNode(NodeEnvironment.class),
            getInstanceFromNode(IndexNameExpressionResolver.class),
            () -> null);
    return new NodeComponents(
        node,
        new AttributorRegistry(cluster::state),
        new GradientMappings(),
        () -> new NoopCircuitBreaker("rapidin"));
  }

  /** OpenSearch does not close a plugin whose components could not be created. */
  public void testComponentsThatCannotBeCreatedLeaveNothingOpen() {
    Set<Thread> before = threads();
    for (Map.Entry<String, String> wrong :
        Map.of(
                "plugins.rapidin.gpu.lanes", "17",
                "plugins.rapidin.device", "tpu",
                "plugins.rapidin.native.limit", "0b",
                "plugins.rapidin.query_gradients.cache_size", "some",
                "plugins.rapidin.query.time_to_live", "-1s",
                "plugins.rapidin.scan.threads", "0")
            .entrySet()) {
      Settings settings = Settings.builder().put(wrong.getKey(), wrong.getValue()).build();
      Exception thrown = expectThrows(IllegalArgumentException.class, () -> create(settings));
      assertTrue(
          thrown.getMessage(),
          thrown.getMessage().contains(wrong.getKey())
              || thrown.getMessage().contains("[" + wrong.getValue() + "]"));
    }
    assertEquals(Set.of(), Sets.difference(threads(), before));
  }

  /** Why those that fail half-way need not be closed: each opens something with its first use. */
  public void testComponentsOpenNothingBeforeTheirFirstUse() throws Exception {
    Set<Thread> before = threads();
    NodeComponents components = create(Settings.EMPTY);
    assertEquals(Set.of(), Sets.difference(threads(), before));
    assertEquals(GpuStats.State.NOT_PROBED, components.engine().devices().stats().state());
    components.close();
    assertEquals(Set.of(), Sets.difference(threads(), before));
  }

  public void testClosingGoesOnAfterAPartThatCannotBeClosed() throws Exception {
    ResolvedAttributor demo = put("demo", spec("tiny", 256)).resolved();
    Set<Thread> before = threads();
    NodeComponents components = create(Settings.EMPTY);
    part(components, LocalGradients.class).load(demo);
    Set<Thread> started = Sets.difference(threads(), before);
    assertFalse(started.isEmpty());
    AtomicBoolean last = new AtomicBoolean();
    components
        .opened()
        .addFirst(
            () -> {
              throw new IOException("first");
            });
    components.opened().addLast(() -> last.set(true));
    IOException thrown = expectThrows(IOException.class, components::close);
    assertEquals("first", thrown.getMessage());
    assertTrue(last.get());
    for (Thread thread : started) {
      thread.join(30_000); // they are told to end, and do so a moment later
      assertFalse(thread.getName(), thread.isAlive());
    }
  }

  private static <T> T part(NodeComponents components, Class<T> type) {
    return components.all().stream()
        .filter(type::isInstance)
        .map(type::cast)
        .findFirst()
        .orElseThrow();
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("rapidin"))
        .collect(Collectors.toSet());
  }
}
