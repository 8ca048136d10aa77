using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rdt;

/// <summary>linux.intelRdt where there is no resctrl, on the real binary.</summary>
internal sealed class NoResctrlTests
{
    [Must("intelRdt.no-resctrl")]
    [Test]
    public void Without_a_mounted_resctrl_it_is_an_error_before_anything_is_made()
    {
        RequireNone();
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Linux["intelRdt"] = new JsonObject { ["l3CacheSchema"] = "L3:0=f" };
        bundle.Config["hooks"] =
            JsonNode.Parse($$"""{ "poststop": [{ "path": "/bin/touch", "args": ["touch", "{{runtime.Work}}/made"] }] }""");
        runtime.RunBundle(bundle).ExpectError("pointer=/linux/intelRdt").ExpectError("no resctrl file system is mounted");
        Assert.That(File.Exists(Path.Combine(runtime.Work, "made")), Is.False);
    }

    [Must("intelRdt.unset")]
    [Test]
    public void Without_intelRdt_no_resctrl_is_touched()
    {
        RequireNone();
        using Runtime runtime = Runtime.Create();
        runtime.RunBundle(runtime.NewBundle("true")).Expect(0); // nor asked for: it would be an error
    }

    private static void RequireNone()
    {
        if (File.ReadAllText("/proc/self/mountinfo").Contains(" - resctrl ", System.StringComparison.Ordinal))
            Assert.Ignore("this machine has Intel RDT");
    }
}
