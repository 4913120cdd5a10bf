package dev.weighmaster.jobs.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Locale;

/** Ends a request without a verdict, as a problem of RFC 9457. Its message is for the caller. */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;
  private static final String TYPES = "https://weighmaster.dev/problems/";

  /** Why, each with its HTTP status; the name in lower case is the problem's type. */
  enum Kind {
    BAD_REQUEST(400, "Bad request"),
    WRONG_SECRET(401, "The webhook secret is missing or wrong"),
    NOT_FOUND(404, "Not found"),
    WRONG_METHOD(405, "The method is not one of this path"),
    BODY_TOO_SLOW(408, "The request took too long to arrive"),
    SEVERAL_REVISIONS(409, "The repository has several revisions"),
    BODY_TOO_LARGE(413, "The body is too large"),
    NOT_JSON(415, "The body is not application/json"),
    REPOSITORY_TOO_LARGE(422, "The repository is too large to be verified at once"),
    HEADER_TOO_LARGE(431, "The request's header is too large"),
    INTERNAL(500, "The service has failed"),
    BUSY(503, "The service is busy"),
    UNAVAILABLE(503, "The service can't verify now"),
    OUT_OF_TIME(504, "The repository could not be verified in time");

    private static final int NOT_IMPLEMENTED = 501;
    private static final int VERSION_NOT_SUPPORTED = 505;

    private final int status;
    private final String title;

    Kind(int status, String title) {
      this.status = status;
      this.title = title;
    }

    int status() {
      return status;
    }

    /**
     * What the server itself answers with a status of its own choice. Of those from 500 on, two say
     * that the request asks for what HTTP/1.1 does not have.
     */
    static Kind of(int status) {
      if (status == NOT_IMPLEMENTED || status == VERSION_NOT_SUPPORTED) {
        return BAD_REQUEST;
      }
      return Arrays.stream(values())
          .filter(kind -> kind.status == status)
          .findFirst()
          .orElse(status < 500 ? BAD_REQUEST : INTERNAL);
    }

    private String type() {
      return TYPES + label();
    }

    String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  private final Kind kind;

  Refusal(Kind kind, String detail) {
    super(detail, null, false, false);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }

  ObjectNode json() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("type", kind.type())
        .put("title", kind.title)
        .put("status", kind.status)
        .put("detail", getMessage());
  }
}
