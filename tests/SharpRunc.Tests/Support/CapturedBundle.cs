using System.IO;

namespace SharpRunc.Tests.Support;

/// <summary>A bundle with a config.json as an engine wrote it, and with all that this names.</summary>
internal static class CapturedBundle
{
    /// <summary>Those that name no namespace of another container.</summary>
    public static readonly string[] Alone =
    [
        "docker-default.json", "docker-privileged.json", "docker-tty.json", "ctr-default.json", "ctr-seccomp.json", "buildkit-run.json",
        "podman-default.json", "podman-rootless.json", "cri-sandbox.json", "podman-pod-infra.json",
    ];

    /// <summary>The config with its placeholders filled and its bind sources made.</summary>
    public static Bundle Of(Runtime runtime, string file, params (string, string)[] values)
    {
        Bundle bundle = runtime.Adopt(Bundle.FromFile(Repository.Data("bundles", file), values));
        foreach (string directory in new[] { "c", "mnt", "shm" })
            Directory.CreateDirectory(Path.Combine(bundle.Sources, directory));
        File.WriteAllText(Path.Combine(bundle.Sources, ".containerenv"), "");
        // Mount points that a read-only rootfs must bring along, and the program of a pod's first container.
        foreach (string directory in new[] { "sbin", "mnt" })
            Directory.CreateDirectory(Path.Combine(bundle.Rootfs, directory));
        File.WriteAllText(Path.Combine(bundle.Rootfs, "sbin/docker-init"), "");
        foreach (string name in new[] { "resolv.conf", "hostname", "hosts" })
            File.WriteAllText(Path.Combine(bundle.Rootfs, "etc", name), "");
        string catatonit = Path.Combine(bundle.Rootfs, "catatonit");
        File.WriteAllText(catatonit, "#!/bin/sh\nexec sleep 1000\n");
        File.SetUnixFileMode(catatonit, (UnixFileMode)0x1ED);
        return bundle;
    }
}
