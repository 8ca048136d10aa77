using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// CVE-2022-24769, CVE-2022-29162: what a file of the image says of capabilities gives its caller none that the config did not.
/// </summary>
internal sealed class FileCapabilityTests
{
    private const string SetCap = "/usr/sbin/setcap", Program = "/bin/busybox-with-capabilities";
    private static readonly string[] Show = [Program, "grep", "-E", "^Cap(Inh|Prm|Eff|Amb)", "/proc/self/status"];

    private const string None =
        "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapAmb:\t0000000000000000\n";

    /// <summary>Inheritable ones of a file are gained by who holds them inheritable: nobody, by default or by --cap.</summary>
    [Test]
    public void Inheritable_capabilities_of_a_file_are_gained_by_nobody([Values] bool noNewPrivileges)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = WithCapabilities(runtime, "cap_net_raw,cap_chown+ei", noNewPrivileges);
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo(None));
        string id = Runtime.NewId();
        runtime.StartContainer(id, bundle.WithArgs("sleep", "1000"));
        foreach (string[] cap in new string[][] { [], ["--cap", "CAP_NET_RAW"], ["--cap", "CAP_CHOWN"] })
            Assert.That(runtime.Run(["exec", "--user", "1000", .. cap, id, .. Show]).Expect(0).Output,
                cap.Length == 0 ? Is.EqualTo(None) : Does.StartWith("CapInh:\t0000000000000000\n")
                .And.EndWith("CapAmb:\t0000000000000000\n"), string.Join(' ', cap));
    }

    [Test]
    public void Permitted_ones_are_not_gained_with_no_new_privileges_nor_beyond_the_bounding_set([Values] bool noNewPrivileges)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = WithCapabilities(runtime, "cap_sys_admin+p", noNewPrivileges); // the bounding set has it not
        Result result = runtime.RunBundle(bundle);
        Assert.That(result.Output, Is.EqualTo(None).Or.Empty);
    }

    private static Bundle WithCapabilities(Runtime runtime, string capabilities, bool noNewPrivileges)
    {
        if (!File.Exists(SetCap))
            Assert.Ignore("libcap2-bin is not installed");
        Bundle bundle = runtime.NewBundle(Show);
        string file = bundle.Rootfs + Program;
        File.Copy("/usr/bin/busybox", file);
        runtime.Execute([SetCap, capabilities, file]).Expect(0);
        bundle.Process["user"] = new JsonObject { ["uid"] = 1000, ["gid"] = 1000 };
        bundle.Process["noNewPrivileges"] = noNewPrivileges;
        return bundle.Write();
    }
}
