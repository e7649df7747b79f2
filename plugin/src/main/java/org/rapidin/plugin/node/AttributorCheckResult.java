package org.rapidin.plugin.node;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.attribution.check.CheckReport;
import org.rapidin.attribution.check.CheckReport.Finding;
import org.rapidin.attribution.check.CheckReport.Status;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * What the check of an attributor found on a node, or why it could not run there.
 *
 * @param report empty if it did not run
 * @param skipped the reason why it did not run, else empty
 */
public record AttributorCheckResult(CheckReport report, String skipped)
    implements Writeable, ToXContentFragment {
  private static final int VERSION = 1;

  /** A check that did not run. */
  public static AttributorCheckResult skipped(String reason) {
    return new AttributorCheckResult(new CheckReport(List.of()), reason);
  }

  /** A check that ran. */
  static AttributorCheckResult of(CheckReport report) {
    return new AttributorCheckResult(report, "");
  }

  /** Reads what {@link #writeTo} wrote. */
  public static AttributorCheckResult read(StreamInput in) throws IOException {
    return VersionedBody.read(
        in,
        (version, body) ->
            new AttributorCheckResult(
                new CheckReport(
                    body.readList(
                        from ->
                            new Finding(
                                from.readString(),
                                Status.valueOf(from.readString()),
                                from.readString()))),
                body.readString()));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(
        out,
        VERSION,
        body -> {
          body.writeCollection(
              report.findings(),
              (to, finding) -> {
                to.writeString(finding.check());
                to.writeString(finding.status().name());
                to.writeString(finding.message());
              });
          body.writeString(skipped);
        });
  }

  /** Whether vectors would be wrong. */
  public boolean hasFailed() {
    return report.status() == Status.FAILED;
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    if (!skipped.isEmpty()) {
      return builder.field("status", "skipped").field("reason", skipped);
    }
    builder.field("status", lower(report.status())).startArray("checks");
    for (Finding finding : report.findings()) {
      builder
          .startObject()
          .field("check", finding.check())
          .field("status", lower(finding.status()))
          .field("message", finding.message())
          .endObject();
    }
    return builder.endArray();
  }

  private static String lower(Status status) {
    return switch (status) {
      case PASSED -> "passed";
      case WARNING -> "warning";
      case FAILED -> "failed";
    };
  }
}
