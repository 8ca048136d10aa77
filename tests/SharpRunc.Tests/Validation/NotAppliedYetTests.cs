using System.Text;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Validation;

internal sealed class NotAppliedYetTests
{
    [TestCase("\"linux\":{\"resources\":{\"memory\":{\"kernel\":1}}}", "/linux/resources/memory/kernel")]
    [Must("extensibility.invalid")]
    public void What_is_not_applied_is_an_error_that_names_it(string json, string pointer)
    {
        Config config = ConfigReader.Read(Encoding.UTF8.GetBytes($$"""{"ociVersion":"1.0.0",{{json}} }"""));
        ContainerException e = Assert.Throws<ContainerException>(() => NotAppliedYet.Check(config))!;
        Assert.That(e.Pointer, Is.EqualTo(pointer));
        Assert.That(e.Message, Does.StartWith(pointer + ": "));
    }

    [TestCase("\"process\":{\"terminal\":true,\"execCPUAffinity\":{\"initial\":\"0\"},\"apparmorProfile\":\"p\",\"selinuxLabel\":\"l\"},\"linux\":{\"mountLabel\":\"l\"}")]
    public void What_is_applied_or_means_nothing_is_none(string json)
    {
        Config config = ConfigReader.Read(Encoding.UTF8.GetBytes($$"""{"ociVersion":"1.0.0",{{json}} }"""));
        Assert.That(() => NotAppliedYet.Check(config), Throws.Nothing);
    }
}
