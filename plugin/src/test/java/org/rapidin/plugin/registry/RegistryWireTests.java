package org.rapidin.plugin.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.action.support.clustermanager.AcknowledgedRequest;
import org.opensearch.action.support.clustermanager.AcknowledgedResponse;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.transport.TransportRequest;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.Sample;
import org.rapidin.plugin.attributor.AttributorMetadata;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.attributor.StoredAttributor;
import org.rapidin.plugin.mapper.TestAttributors;
import org.rapidin.plugin.node.AttributorCheckResult;
import org.rapidin.plugin.wire.NextVersion;

/** Messages about attributors are read as they were written, also those of the next version. */
class RegistryWireTests {
  private static final RegisteredAttributor DEMO = TestAttributors.require("demo");

  /** What OpenSearch writes before the fields of a request that is acknowledged. */
  private static final class Header extends AcknowledgedRequest<Header> {
    @Override
    public ActionRequestValidationException validate() {
      return null;
    }
  }

  @Test
  void puts() throws IOException {
    NextVersion.assertIsRead(
        new PutAttributorAction.Request("demo", DEMO.spec(), true),
        NextVersion.bytes(new Header()).length(),
        PutAttributorAction.Request::new);
    NextVersion.assertIsRead(
        new PutAttributorAction.Response(true, DEMO, AttributorCheckResult.skipped("no libtorch")),
        NextVersion.bytes(new AcknowledgedResponse(true)).length(),
        PutAttributorAction.Response::new);
  }

  @Test
  void deletes() throws IOException {
    NextVersion.assertIsRead(
        new DeleteAttributorAction.Request("demo", true),
        NextVersion.bytes(new Header()).length(),
        DeleteAttributorAction.Request::new);
  }

  @Test
  void gets() throws IOException {
    for (String id : new String[] {"demo", null}) {
      NextVersion.assertIsRead(
          new GetAttributorsAction.Request(id), header(), GetAttributorsAction.Request::new);
    }
    StoredAttributor stored = AttributorMetadata.EMPTY.with(DEMO).stored().get("demo");
    try (StreamInput in =
        NextVersion.bytes(new GetAttributorsAction.Response(List.of(stored))).streamInput()) {
      assertEquals(List.of(DEMO), new GetAttributorsAction.Response(in).attributors());
    }
    // Without an attributor, whose map may be written in another order.
    NextVersion.assertIsRead(
        new GetAttributorsAction.Response(List.of()), 0, GetAttributorsAction.Response::new);
  }

  @Test
  void vectors() throws IOException {
    NextVersion.assertIsRead(
        new VectorizeAction.Request("demo", List.of(new Sample("p", "c"))),
        header(),
        VectorizeAction.Request::new);
    NextVersion.assertIsRead(
        new VectorizeAction.Response(
            List.of(
                new GradientResult.Vector(new GradientVector(new float[] {1, 2}), 7, true),
                new GradientResult.Failure("the gradient is zero"))),
        0,
        VectorizeAction.Response::new);
  }

  private static int header() throws IOException {
    return NextVersion.bytes(TransportRequest.Empty.INSTANCE).length();
  }
}
