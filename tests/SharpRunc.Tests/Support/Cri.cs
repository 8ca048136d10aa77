using System;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>
/// The part of kubelet that matters here: calls of the Container Runtime Interface (k8s.io/cri-api, runtime.v1) as gRPC on an
/// engine's socket. Debian has no crictl.
/// </summary>
internal sealed class Cri(Engine engine, string socket)
{
    public const string Python = "/usr/bin/python3";

    /// <summary>Without serializers grpc passes bytes on as they are.</summary>
    private const string Client = """
        import sys, grpc
        socket, method, request = sys.argv[1:]
        with grpc.insecure_channel("unix://" + socket) as channel:
            try:
                print(channel.unary_unary("/runtime.v1.RuntimeService/" + method)(bytes.fromhex(request), timeout=60).hex())
            except grpc.RpcError as error:
                sys.exit(f"{error.code().name}: {error.details()}")
        """;

    /// <summary>Skips the test where the client's library is not installed.</summary>
    public static void Require(Engine engine)
    {
        if (engine.Execute(Python, "-c", "import grpc").ExitCode != 0)
            Assert.Ignore("python3-grpcio is not installed");
    }

    /// <summary>Whether it is served yet.</summary>
    public bool Answers => Send("Version", new Message()).ExitCode == 0;

    public Message Call(string method, Message request)
        => Message.Parse(Convert.FromHexString(Send(method, request).Expect(0).Output.Trim()));

    /// <summary>The error that the call is answered with.</summary>
    public string Fail(string method, Message request) => Send(method, request).Expect(1).Errors;

    private Result Send(string method, Message request)
        => engine.Execute(Python, "-c", Client, socket, method, Convert.ToHexStringLower(request.ToBytes()));
}
