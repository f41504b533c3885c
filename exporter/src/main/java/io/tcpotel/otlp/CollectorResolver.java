// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.ProxiedSocketAddress;
import io.grpc.Status;
import io.grpc.StatusOr;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.stream.Stream;

/**
 * Looks the host of a {@link CollectorAddress} up. gRPC's own resolver takes no name with an
 * underscore and no zone. The JDK keeps an answer for 30 s.
 */
final class CollectorResolver extends NameResolver {
  private static final String SCHEME = "collector";

  private final CollectorAddress address;
  private final NameResolver.Args gRpc;

  // The channel's synchronization context alone uses these.
  private Listener2 listener;
  private boolean resolving;
  private boolean closed;

  private CollectorResolver(CollectorAddress address, NameResolver.Args gRpc) {
    this.address = address;
    this.gRpc = gRpc;
  }

  /** The target of a channel to {@code address}. */
  static String target(CollectorAddress address) {
    try {
      return new URI(SCHEME, "", "/" + address, null).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e); // it is encoded
    }
  }

  /** Makes the resolvers of all such targets. */
  static final class Provider extends NameResolverProvider {
    @Override
    public NameResolver newNameResolver(URI target, NameResolver.Args gRpc) {
      return SCHEME.equals(target.getScheme())
          ? new CollectorResolver(CollectorAddress.parse(target.getPath().substring(1)), gRpc)
          : null;
    }

    @Override
    public String getDefaultScheme() {
      return SCHEME;
    }

    @Override
    protected boolean isAvailable() {
      return true;
    }

    @Override
    protected int priority() {
      return 0;
    }
  }

  @Override
  public String getServiceAuthority() {
    return address.authority();
  }

  @Override
  public void start(Listener2 listener) {
    this.listener = listener;
    refresh();
  }

  @Override
  public void refresh() {
    if (!resolving && !closed) {
      resolving = true;
      gRpc.getOffloadExecutor().execute(this::resolve);
    }
  }

  private void resolve() {
    ResolutionResult result =
        ResolutionResult.newBuilder().setAddressesOrError(addresses()).build();
    gRpc.getSynchronizationContext()
        .execute(
            () -> {
              resolving = false;
              if (!closed) {
                listener.onResult2(result);
              }
            });
  }

  private StatusOr<List<EquivalentAddressGroup>> addresses() {
    try {
      ProxiedSocketAddress proxied =
          gRpc.getProxyDetector()
              .proxyFor(InetSocketAddress.createUnresolved(address.host(), address.port()));
      if (proxied != null) {
        return StatusOr.fromValue(List.of(new EquivalentAddressGroup(proxied)));
      }
      return StatusOr.fromValue(
          Stream.of(InetAddress.getAllByName(address.host()))
              .map(found -> new InetSocketAddress(found, address.port()))
              .map(EquivalentAddressGroup::new)
              .toList());
    } catch (IOException | RuntimeException e) {
      String reason = "Unable to resolve host " + address.host();
      return StatusOr.fromStatus(Status.UNAVAILABLE.withDescription(reason).withCause(e));
    }
  }

  @Override
  public void shutdown() {
    closed = true;
  }
}
