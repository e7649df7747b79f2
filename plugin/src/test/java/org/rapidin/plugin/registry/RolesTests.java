package org.rapidin.plugin.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.opensearch.action.admin.indices.create.CreateIndexAction;
import org.opensearch.action.bulk.BulkAction;
import org.opensearch.action.bulk.TransportShardBulkAction;
import org.opensearch.action.index.IndexAction;
import org.opensearch.common.regex.Regex;
import org.opensearch.common.xcontent.yaml.YamlXContent;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;
import org.rapidin.plugin.RapidInPlugin;
import org.rapidin.plugin.artefact.DeleteArtefactAction;
import org.rapidin.plugin.artefact.FitArtefactAction;
import org.rapidin.plugin.compare.CompareAction;
import org.rapidin.plugin.dispatch.QueryGradientAction;
import org.rapidin.plugin.dispatch.TrainingTokensAction;
import org.rapidin.plugin.guard.BackgroundAction;
import org.rapidin.plugin.guard.RawVectorAction;
import org.rapidin.plugin.guard.RawVectorWriteAction;
import org.rapidin.plugin.node.NodesLoadAction;
import org.rapidin.plugin.node.NodesStatsAction;
import org.rapidin.plugin.node.NodesVectorsAction;

/** The example roles speak of actions that exist, and give nobody more than their comment says. */
class RolesTests {
  private static final Path ROLES = Path.of("..", "config", "roles", "rapidin.yml");

  private static final Set<String> ACTIONS =
      new RapidInPlugin()
          .getActions().stream()
              .map(handler -> handler.getAction().name())
              .collect(Collectors.toSet());

  /** What the security plugin's groups of index actions contain of writing. */
  private static final Map<String, List<String>> GROUPS =
      Map.of(
          "read", List.of("indices:data/read*"),
          "crud", List.of("indices:data/read*", "indices:data/write*"),
          "create_index", List.of("indices:admin/create"),
          "indices_all", List.of("indices:*"));

  private static Map<String, Object> roles;

  @BeforeAll
  static void readRoles() throws IOException {
    try (InputStream in = Files.newInputStream(ROLES);
        XContentParser parser =
            YamlXContent.yamlXContent.createParser(
                NamedXContentRegistry.EMPTY, DeprecationHandler.THROW_UNSUPPORTED_OPERATION, in)) {
      roles = parser.map();
    }
  }

  @Test
  void thereAreThreeRoles() {
    assertEquals(Set.of("rapidin_reader", "rapidin_writer", "rapidin_admin"), roles.keySet());
  }

  @Test
  void everyPatternThatNamesRapidInMatchesAnAction() {
    for (String role : roles.keySet()) {
      List<String> ours = patterns(role).stream().filter(p -> p.contains("rapidin")).toList();
      assertFalse(ours.isEmpty(), role);
      for (String pattern : ours) {
        assertTrue(
            ACTIONS.stream().anyMatch(action -> Regex.simpleMatch(pattern, action)),
            role + ": " + pattern + " matches none of " + ACTIONS);
      }
    }
  }

  @Test
  void readersAndWritersSeeNoVectorsAndChangeNothing() {
    for (String role : List.of("rapidin_reader", "rapidin_writer")) {
      assertFalse(may(role, RawVectorAction.NAME), role);
      assertFalse(may(role, BackgroundAction.NAME), role);
      assertFalse(may(role, VectorizeAction.NAME), role);
      assertFalse(may(role, PutAttributorAction.NAME), role);
      assertFalse(may(role, DeleteAttributorAction.NAME), role);
      assertFalse(may(role, NodesLoadAction.NAME), role);
      assertFalse(may(role, CompareAction.NAME), role);
      assertFalse(may(role, FitArtefactAction.NAME), role);
      assertFalse(may(role, DeleteArtefactAction.NAME), role);
      assertTrue(may(role, GetAttributorsAction.NAME), role);
      assertTrue(may(role, NodesStatsAction.NAME), role);
      assertTrue(may(role, NodesVectorsAction.NAME), role);
      assertFalse(may(role, RawVectorWriteAction.NAME), role);
    }
  }

  @Test
  void readersMayRunTheModelForQueriesAndWritersMayNot() {
    assertTrue(may("rapidin_reader", QueryGradientAction.NAME));
    assertFalse(may("rapidin_writer", QueryGradientAction.NAME));
    assertTrue(may("rapidin_reader", TrainingTokensAction.NAME));
    assertFalse(may("rapidin_writer", TrainingTokensAction.NAME));
  }

  /** What is asked for before gradients of a document are computed, and with the document. */
  @Test
  void writersMayIndexAndCreateTheIndexAndReadersMayNot() {
    for (String action :
        List.of(TransportShardBulkAction.ACTION_NAME, IndexAction.NAME, CreateIndexAction.NAME)) {
      assertTrue(mayInIndex("rapidin_writer", action), action);
      assertFalse(mayInIndex("rapidin_reader", action), action);
    }
  }

  @Test
  void administratorsMayAll() {
    for (String action : ACTIONS) {
      assertTrue(may("rapidin_admin", action), action);
    }
    // Without it the index permissions allow single documents only, computed or brought.
    assertTrue(may("rapidin_admin", BulkAction.NAME));
  }

  private static boolean may(String role, String action) {
    return patterns(role).stream().anyMatch(pattern -> Regex.simpleMatch(pattern, action));
  }

  private static boolean mayInIndex(String role, String action) {
    List<?> permissions = (List<?>) ((Map<?, ?>) roles.get(role)).get("index_permissions");
    return permissions.stream()
        .flatMap(indices -> ((List<?>) ((Map<?, ?>) indices).get("allowed_actions")).stream())
        .flatMap(group -> GROUPS.get(group).stream())
        .anyMatch(pattern -> Regex.simpleMatch(pattern, action));
  }

  private static List<String> patterns(String role) {
    Map<?, ?> permissions = (Map<?, ?>) roles.get(role);
    return ((List<?>) permissions.get("cluster_permissions"))
        .stream().map(String.class::cast).toList();
  }
}
