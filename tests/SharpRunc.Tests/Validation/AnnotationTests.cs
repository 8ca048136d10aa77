using System.Collections.Generic;
using System.Text;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Validation;

/// <summary>config.md#annotations.</summary>
internal sealed class AnnotationTests
{
    [Test, Must("annotations.keys"), Must("annotations.unknown")]
    public void Keys_are_strings_and_an_unknown_one_MUST_be_handled_like_an_unknown_property()
        => Assert.That(Read("""{"com.example.unknown":"1","org.opencontainers.unknown":"","a b\n":"c"}"""),
            Is.EqualTo(new KeyValuePair<string, string>[]
        {
            new("com.example.unknown", "1"), new("org.opencontainers.unknown", ""), new("a b\n", "c"),
        }));

    [TestCase("[]"), TestCase("[\"a\"]"), TestCase("\"a\""), TestCase("1"), TestCase("true")]
    [Must("annotations.map")]
    public void Annotations_MUST_be_a_map(string json) => Refused(json, "/annotations");

    [TestCase("1"), TestCase("true"), TestCase("null"), TestCase("{}"), TestCase("[\"x\"]")]
    [Must("annotations.values")]
    public void Values_MUST_be_strings(string json) => Refused($$"""{"a":{{json}}}""", "/annotations/a");

    private static KeyValuePair<string, string>[] Read(string annotations)
    {
        Config config =
            ConfigReader.Read(Encoding.UTF8.GetBytes($$"""{"ociVersion":"1.0.0","root":{"path":"r"},"annotations":{{annotations}}}"""));
        ConfigRules.Check(config, new ValidationContext());
        return config.Annotations;
    }

    private static void Refused(string annotations, string pointer)
        => Assert.That(() => Read(annotations), Throws.TypeOf<ContainerException>().With.Property("Pointer").EqualTo(pointer));
}
