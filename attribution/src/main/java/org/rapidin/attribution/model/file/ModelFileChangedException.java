package org.rapidin.attribution.model.file;

/** A file of a model was written to or replaced after it was opened, so nothing of it counts. */
public final class ModelFileChangedException extends RuntimeException {
  private final String file;

  /**
   * @param file its name
   * @param cause what showed it; may be null
   */
  public ModelFileChangedException(String file, Throwable cause) {
    super(
        "model file [%s] changed since it was loaded: load the model again".formatted(file), cause);
    this.file = file;
  }

  /** The file's name. */
  public String file() {
    return file;
  }
}
