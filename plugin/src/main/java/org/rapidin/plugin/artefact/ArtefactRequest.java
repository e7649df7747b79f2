package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.Optional;
import org.opensearch.ResourceNotFoundException;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.rapidin.plugin.wire.VersionedBody;

/** Names one artefact, or none for all. */
public final class ArtefactRequest extends ActionRequest {
  private static final int VERSION = 1;

  private final String id;

  /**
   * Names an artefact.
   *
   * @param id or null for all
   */
  public ArtefactRequest(String id) {
    this.id = id;
  }

  ArtefactRequest(StreamInput in) throws IOException {
    super(in);
    id = VersionedBody.read(in, (version, body) -> body.readOptionalString());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    VersionedBody.write(out, VERSION, body -> body.writeOptionalString(id));
  }

  @Override
  public ActionRequestValidationException validate() {
    return null;
  }

  String id() {
    return id;
  }

  /**
   * Returns what was found.
   *
   * @throws ResourceNotFoundException (404) if that is nothing
   */
  <T> T require(Optional<T> found) {
    return found.orElseThrow(
        () ->
            new ResourceNotFoundException(
                "no artefact [" + id + "]: GET _plugins/_rapidin/artefacts lists them"));
  }
}
