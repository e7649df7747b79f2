package org.rapidin.plugin.registry;

import java.io.IOException;
import java.util.List;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.xcontent.ToXContent;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.check.CheckReport.Finding;
import org.rapidin.attribution.check.CheckReport.Status;
import org.rapidin.plugin.TinyNodeTestCase;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.node.AttributorCheckResult;
import org.rapidin.plugin.node.NodeAnswers;
import org.rapidin.plugin.node.NodesCheckAction;

/** Attributors are checked when they are put, and again when that is asked for. */
public class AttributorCheckTests extends TinyNodeTestCase {

  private PutAttributorAction.Response checked(String id, AttributorSpec spec) {
    return client()
        .execute(PutAttributorAction.INSTANCE, new PutAttributorAction.Request(id, spec, true))
        .actionGet();
  }

  public void testPutReportsWhatTheChecksFound() throws IOException {
    AttributorCheckResult result = checked("demo", spec("tiny", 256)).check();
    assertEquals("", result.skipped());
    assertFalse(result.hasFailed());
    Finding gradient = result.report().findings().getLast();
    assertEquals("gradient", gradient.check());
    assertEquals(gradient.message(), Status.PASSED, gradient.status());
    XContentBuilder json = JsonXContent.contentBuilder().startObject();
    result.toXContent(json, ToXContent.EMPTY_PARAMS);
    String text = json.endObject().toString();
    assertTrue(text, text.contains("{\"check\":\"gradient\",\"status\":\"passed\",\"message\":"));
  }

  public void testPutWithoutTheCheckSaysThatItWasSkipped() {
    PutAttributorAction.Response response =
        client()
            .execute(
                PutAttributorAction.INSTANCE,
                new PutAttributorAction.Request("demo", spec("tiny", 256)))
            .actionGet();
    assertEquals("the request said so", response.check().skipped());
  }

  public void testAnAttributorOfWrongVectorsIsNotRegisteredUnlessAsked() {
    AttributorSpec dead = spec("tiny", "dead", 256);
    IllegalArgumentException refused =
        expectThrows(IllegalArgumentException.class, () -> checked("dead", dead));
    assertTrue(
        refused.getMessage(),
        refused
            .getMessage()
            .contains("would compute wrong vectors: gradient: the gradient is zero"));
    assertEquals(List.of(), attributors(null));
    put("dead", dead);
    assertEquals(1, attributors(null).size());
  }

  public void testTheCheckRunsAgainOnEveryNodeAndNamesNodesWithoutTheModel() {
    RegisteredAttributor demo = put("demo", spec("tiny", 256));
    assertFalse(check(demo).hasFailed());
    AttributorCheckResult away =
        check(new RegisteredAttributor("away", spec("nowhere", 256), demo.fingerprint(), 1));
    assertTrue(away.skipped(), away.skipped().contains("this node has no model [nowhere]"));
  }

  private AttributorCheckResult check(RegisteredAttributor attributor) {
    NodeAnswers<AttributorCheckResult> answers =
        client()
            .execute(NodesCheckAction.INSTANCE, new NodesCheckAction.Request(attributor))
            .actionGet();
    assertEquals(List.of(), answers.failures());
    return answers.getNodes().getFirst().value();
  }
}
