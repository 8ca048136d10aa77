using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rootfs;

internal sealed class AnnouncedOptionTests
{
    /// <summary>With mappings of their own only; MountTests has them.</summary>
    private static readonly string[] NeedMore = ["idmap", "ridmap"];

    [Test]
    [Must("features.mountOptions")]
    public void The_runtime_MUST_support_the_mount_options_that_it_announces()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        foreach (JsonNode? announced in (JsonArray)JsonNode.Parse(Binary.Run("features").Output)!["mountOptions"]!)
        {
            string option = (string)announced!;
            if (System.Array.IndexOf(NeedMore, option) >= 0)
                continue;
            string at = "/mnt/" + option;
            if (option == "remount")
                bundle.Mounting(at, "tmpfs", "tmpfs").Mounting(at, "tmpfs", "tmpfs", "remount", "ro");
            else if (option == "copy-symlink" || option.EndsWith("-nofollow"))
                bundle.Mounting(at, "bind", "/tmp", "bind", option);
            else
                bundle.Mounting(at, option.Contains("bind") && !option.StartsWith("un") && !option.StartsWith("run") ? "bind" : "tmpfs",
                    "/tmp", option);
        }
        runtime.RunBundle(bundle).Expect(0);
    }
}
