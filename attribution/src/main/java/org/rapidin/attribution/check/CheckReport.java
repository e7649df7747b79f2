package org.rapidin.attribution.check;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What the checks of an attributor found.
 *
 * @param findings one per check, in the order in which they ran
 */
public record CheckReport(List<Finding> findings) {

  /** How a check ended. */
  public enum Status {
    /** Nothing to report. */
    PASSED,
    /** The attributor computes what it should, but perhaps not what is meant. */
    WARNING,
    /** Vectors would be wrong. */
    FAILED
  }

  /**
   * The result of one check.
   *
   * @param check its name, in lower case with underscores
   * @param message one or more sentences with the measured values
   */
  public record Finding(String check, Status status, String message) {
    public Finding {
      Objects.requireNonNull(check, "check");
      Objects.requireNonNull(status, "status");
      Objects.requireNonNull(message, "message");
    }
  }

  public CheckReport {
    findings = List.copyOf(findings);
  }

  /** The worst status of all findings. */
  public Status status() {
    return findings.stream().map(Finding::status).max(Status::compareTo).orElse(Status.PASSED);
  }

  /** The messages of the checks that failed, as one text; empty if none did. */
  public String failures() {
    return findings.stream()
        .filter(finding -> finding.status() == Status.FAILED)
        .map(finding -> "%s: %s".formatted(finding.check(), finding.message()))
        .collect(Collectors.joining("; "));
  }
}
