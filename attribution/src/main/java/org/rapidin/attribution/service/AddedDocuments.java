package org.rapidin.attribution.service;

import java.util.Objects;
import java.util.Optional;

/**
 * What became of documents whose gradients are added up.
 *
 * @param count how many were added
 * @param failure why the first of the others was not; empty if all were
 */
public record AddedDocuments(int count, Optional<String> failure) {
  public AddedDocuments {
    Objects.requireNonNull(failure, "failure");
  }
}
