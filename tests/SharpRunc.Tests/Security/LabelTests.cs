using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Security;

/// <summary>
/// config.md#linux-process: apparmorProfile and selinuxLabel, config-linux.md#mount-label, on a machine that has neither.
/// </summary>
internal sealed class LabelTests
{
    [TestCase("apparmorProfile", "/sys/module/apparmor/parameters/enabled", "apparmor: config provided but apparmor not supported")]
    [TestCase("selinuxLabel", "/sys/fs/selinux/enforce", "selinux label is specified in config, but selinux is disabled or not supported")]
    public void A_label_that_nothing_would_enforce_is_an_error_of_its_property(string property, string enabled, string message)
    {
        if (File.Exists(enabled))
            Assert.Ignore("this machine enforces it");
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Process[property] = "some";
        runtime.RunBundle(bundle).ExpectError(message).ExpectError("pointer=/process/" + property);
        string id = Runtime.NewId(), flag = property == "selinuxLabel" ? "--process-label" : "--apparmor";
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        runtime.Run("exec", flag, "some", id, "true").ExpectError(message, 255);
        bundle.Process[property] = "";
        runtime.RunBundle(bundle).Expect(0);
    }

    [Test]
    public void A_mount_label_where_SELinux_is_off_is_a_warning_and_nothing_is_labelled()
    {
        if (File.Exists("/sys/fs/selinux/enforce"))
            Assert.Ignore("this machine enforces it: conformance/vm/checks/selinux");
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Linux["mountLabel"] = "system_u:object_r:tmp_t:s0";
        Assert.That(runtime.RunBundleLogged(bundle).Expect(0).Errors,
            Does.Contain("level=warning").And.Contain("/linux/mountLabel: SELinux is disabled"));
        bundle.Linux["mountLabel"] = "";
        Assert.That(runtime.RunBundle(bundle).Expect(0).Errors, Is.Empty);
    }
}
