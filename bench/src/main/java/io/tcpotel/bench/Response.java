// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcStatusCode;

/** A collector's answer as the SDK's exporters take it. */
record Response(
    GrpcStatusCode getStatusCode, String getStatusDescription, byte[] getResponseMessage)
    implements GrpcResponse {}
