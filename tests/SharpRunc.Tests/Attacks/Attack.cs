using System;
using System.IO;
using System.Text.Json.Nodes;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>Edits of a bundle that attacks have in common.</summary>
internal static class Attack
{
    private static readonly string[] AllCapabilities =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
            "CAP_SETPCAP",
        "CAP_NET_BIND_SERVICE", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE",
            "CAP_SYS_ADMIN",
        "CAP_MKNOD", "CAP_SETFCAP", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ];

    public static Bundle WithMount(this Bundle bundle, string destination, string type, string source, params string[] options)
    {
        bundle.Mounts.Add(new JsonObject
        {
            ["destination"] = destination,
            ["type"] = type,
            ["source"] = source,
            ["options"] = Array(options)
        });
        return bundle.Write();
    }

    public static Bundle WithoutMounts(this Bundle bundle, string prefix)
    {
        for (int i = bundle.Mounts.Count - 1; i >= 0; i--)
            if (((string)bundle.Mounts[i]!["destination"]!).StartsWith(prefix, StringComparison.Ordinal))
                bundle.Mounts.RemoveAt(i);
        return bundle.Write();
    }

    /// <summary>Takes the image's own file or directory of that name away and puts a link there.</summary>
    public static Bundle WithLink(this Bundle bundle, string name, string target)
    {
        string path = Path.Combine(bundle.Rootfs, name);
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        File.Delete(path);
        File.CreateSymbolicLink(path, target);
        return bundle;
    }

    public static Bundle WithAllCapabilities(this Bundle bundle)
    {
        foreach (string set in new[] { "bounding", "effective", "permitted" })
            bundle.Process["capabilities"]![set] = Array(AllCapabilities);
        return bundle.Write();
    }

    /// <summary>A user namespace that maps 0… to 100000….</summary>
    public static Bundle WithUserNamespace(this Bundle bundle)
    {
        ((JsonArray)bundle.Linux["namespaces"]!).Add(new JsonObject { ["type"] = "user" });
        foreach (string mappings in new[] { "uidMappings", "gidMappings" })
            bundle.Linux[mappings] = new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = 100000, ["size"] = 65536 });
        return bundle.Write();
    }

    public static Bundle WithCwd(this Bundle bundle, string cwd)
    {
        bundle.Process["cwd"] = cwd;
        return bundle.Write();
    }

    public static Bundle WithArgs(this Bundle bundle, params string[] args)
    {
        bundle.Process["args"] = Array(args);
        return bundle.Write();
    }

    public static JsonArray Array(string[] texts) => new([.. System.Array.ConvertAll<string, JsonNode>(texts, text => text)]);

    /// <summary>The container must be refused, or run: never anything else, such as a crash.</summary>
    public static bool Ran(this Result result)
    {
        if (result.ExitCode == 0)
            return true;
        result.ExpectError("sharprunc run failed");
        return false;
    }
}
