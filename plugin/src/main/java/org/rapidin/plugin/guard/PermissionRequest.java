package org.rapidin.plugin.guard;

import java.io.IOException;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.rapidin.plugin.wire.VersionedBody;

/** Asks for the permission that being allowed to call an action is; holds nothing. */
public final class PermissionRequest extends ActionRequest {
  private static final int VERSION = 1;

  /** Asks for the permission. */
  public PermissionRequest() {}

  PermissionRequest(StreamInput in) throws IOException {
    super(in);
    VersionedBody.read(in, (version, body) -> version);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    VersionedBody.write(out, VERSION, body -> {});
  }

  @Override
  public ActionRequestValidationException validate() {
    return null;
  }
}
