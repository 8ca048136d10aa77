using System;
using System.IO;
using System.Text.Json.Nodes;
using SharpRunc.Tests.Support;

namespace SharpRunc.Benchmarks;

/// <summary>What Docker asks for by default, as far as every runtime and kernel takes it.</summary>
internal static class DockerDefault
{
    public static Bundle New(bool seccomp)
    {
        Bundle bundle = Bundle.FromFile(Path.Combine(AppContext.BaseDirectory, "docker-default.json"));
        bundle.Config["ociVersion"] = "1.0.2";
        if (!seccomp)
            bundle.Linux.Remove("seccomp");
        // Refused or ignored by one runtime or another where the kernel lacks the controller; none of them says anything.
        ((JsonObject)bundle.Linux["resources"]!).Remove("blockIO");
        return bundle;
    }

    /// <summary>The same, sleeping.</summary>
    public static Bundle Sleeping(bool seccomp)
    {
        Bundle bundle = New(seccomp);
        bundle.Process["args"] = new JsonArray("/bin/sleep", "100000");
        return bundle;
    }
}
