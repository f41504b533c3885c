// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.health;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Answers the first request of one connection; whatever follows it is read and left. */
final class HealthAnswer extends SimpleChannelInboundHandler<HttpObject> {
  private final Health health;
  private boolean isAnswered;

  private record Answer(HttpResponseStatus status, String text) {
    static Answer of(List<String> troubles) {
      return troubles.isEmpty()
          ? new Answer(HttpResponseStatus.OK, "ok")
          : new Answer(HttpResponseStatus.SERVICE_UNAVAILABLE, String.join("; ", troubles));
    }

    static Answer of(HttpResponseStatus refusal) {
      return new Answer(refusal, refusal.reasonPhrase());
    }

    private ByteBuf bytes(boolean hasBody) {
      byte[] body = (text + "\n").getBytes(StandardCharsets.UTF_8);
      String head =
          "HTTP/1.1 "
              + status
              + "\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: "
              + body.length
              + (status.equals(HttpResponseStatus.METHOD_NOT_ALLOWED) ? "\r\nallow: GET, HEAD" : "")
              + "\r\ncache-control: no-store\r\nconnection: close\r\n\r\n";
      ByteBuf bytes = Unpooled.copiedBuffer(head, StandardCharsets.US_ASCII);
      return hasBody ? Unpooled.wrappedBuffer(bytes, Unpooled.wrappedBuffer(body)) : bytes;
    }
  }

  HealthAnswer(Health health) {
    this.health = health;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HttpObject object) {
    if (isAnswered || !(object instanceof HttpRequest request)) {
      return;
    }
    isAnswered = true;
    // Not closed while the client may be sending: the kernel would answer that with a reset, which
    // can overtake this answer.
    context
        .writeAndFlush(answer(request).bytes(!HttpMethod.HEAD.equals(request.method())))
        .addListener((ChannelFuture done) -> ((DuplexChannel) context.channel()).shutdownOutput());
  }

  private Answer answer(HttpRequest request) {
    if (request.decoderResult().isFailure()
        || !"HTTP".equals(request.protocolVersion().protocolName())) {
      return Answer.of(HttpResponseStatus.BAD_REQUEST);
    } else if (!List.of(HttpMethod.GET, HttpMethod.HEAD).contains(request.method())) {
      return Answer.of(HttpResponseStatus.METHOD_NOT_ALLOWED);
    }
    return switch (request.uri().split("\\?", 2)[0]) {
      case "/livez" -> Answer.of(health.liveTroubles());
      case "/readyz" -> Answer.of(health.readyTroubles());
      default -> Answer.of(HttpResponseStatus.NOT_FOUND);
    };
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close(); // the client has gone
  }
}
